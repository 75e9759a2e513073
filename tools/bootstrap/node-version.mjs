/** The lowest Node that can load the ES modules of the packages used here (`require(esm)`: 20.19, 22.12). */
const LOWEST = [20, 19];

/** Ends the process with a sentence when this Node is too old. The syntax here must be readable to old ones. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LOWEST[0] || (major === LOWEST[0] && minor >= LOWEST[1])) return;
  console.error(
    `Shoal needs Node ${LOWEST.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`,
  );
  process.exit(1);
}
