# One image for everything: `anchor` (its three processes), `peer`, and every other command of shoal.
FROM node:20-slim AS build
WORKDIR /shoal
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY apps apps
COPY libs libs
COPY tools tools
RUN npm run build && npm prune --omit=dev

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /shoal
COPY --from=build /shoal/package.json ./
COPY --from=build /shoal/node_modules node_modules
COPY --from=build /shoal/dist dist
COPY tools/bootstrap tools/bootstrap
COPY bin bin
COPY docker/peer.sh docker/peer.sh
# A peer's files, keys and part files; a volume belongs here.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
ENTRYPOINT ["node", "/shoal/bin/shoal.mjs"]
CMD ["--help"]
