import { z } from 'zod';
import * as connection from './connection.js';
import * as distribution from './distribution.js';
import * as manifest from './manifest.js';
import * as placement from './placement.js';
import * as transfer from './transfer.js';

/** Every request by name: what is asked, what is answered. The name is the AMQP `type` and starts the routing key. */
export const REQUESTS = {
  'connection.join': { request: connection.joinRequest, reply: connection.joinReply },
  'connection.leave': { request: connection.leaveRequest, reply: connection.leaveReply },
  'connection.check': { request: connection.checkRequest, reply: connection.checkReply },
  'connection.peers': { request: connection.peersRequest, reply: connection.peersReply },
  'manifest.publish': { request: manifest.publishRequest, reply: manifest.publishReply },
  'manifest.unpublish': { request: manifest.unpublishRequest, reply: manifest.unpublishReply },
  'manifest.get': { request: manifest.getRequest, reply: manifest.getReply },
  'manifest.restore': { request: manifest.restoreRequest, reply: manifest.restoreReply },
  'manifest.search': { request: manifest.searchRequest, reply: manifest.searchReply },
  'transfer.download': { request: transfer.downloadRequest, reply: transfer.downloadReply },
  'transfer.cancel': { request: transfer.cancelRequest, reply: transfer.cancelReply },
  'transfer.status': { request: transfer.statusRequest, reply: transfer.statusReply },
  'transfer.list': { request: transfer.listRequest, reply: transfer.listReply },
  'transfer.retry': { request: transfer.retryRequest, reply: transfer.retryReply },
  'transfer.store': { request: placement.storeRequest, reply: placement.storeReply },
  'transfer.placement': { request: placement.placementRequest, reply: placement.placementReply },
  'holdings.release': { request: manifest.releaseRequest, reply: manifest.releaseReply },
} as const;

/** Everything that peers tell the anchors, on the requests exchange, without an answer. */
export const REPORTS = {
  'connection.lease': connection.leaseEvent,
  'peer.unreachable': connection.unreachableEvent,
  'peer.misbehaved': connection.misbehavedEvent,
  'chunk.acknowledged': manifest.acknowledgedEvent,
  'holdings.reported': manifest.reportedEvent,
  'holdings.retracted': manifest.retractedEvent,
} as const;

/** Facts on the events exchange, for anyone. */
export const FACTS = {
  'file.published': manifest.filePublishedFact,
  'file.unpublished': manifest.fileUnpublishedFact,
  'registry.wiped': connection.registryWipedFact,
  'peer.joined': connection.peerJoinedFact,
  'peer.left': connection.peerLeftFact,
  'download.progress': transfer.downloadProgressFact,
  'download.completed': transfer.downloadCompletedFact,
  'download.failed': transfer.downloadFailedFact,
  'distribution.completed': distribution.distributionEndedFact,
  'distribution.failed': distribution.distributionEndedFact,
  'distribution.cancelled': distribution.distributionEndedFact,
  'placement.completed': placement.placementEndedFact,
  'placement.failed': placement.placementEndedFact,
} as const;

/** Orders in a peer's inbox. */
export const COMMANDS = {
  'command.download': transfer.downloadCommand,
  'command.cancel': transfer.cancelCommand,
  'command.store': placement.storeCommand,
  'command.report': connection.reportCommand,
  'command.rejoin': connection.rejoinCommand,
  'command.drop': connection.dropCommand,
  'command.forget': connection.forgetCommand,
  'command.leave': connection.leaveCommand,
} as const;

export type RequestName = keyof typeof REQUESTS;
export type ReportName = keyof typeof REPORTS;
export type FactName = keyof typeof FACTS;
export type CommandName = keyof typeof COMMANDS;
export type MessageName = RequestName | ReportName | FactName | CommandName;

/** What a sender writes (defaults may be left out) and what a receiver reads (defaults filled in). */
export type RequestBody<N extends RequestName> = z.input<(typeof REQUESTS)[N]['request']>;
export type ReceivedRequest<N extends RequestName> = z.output<(typeof REQUESTS)[N]['request']>;
export type ReplyBody<N extends RequestName> = z.output<(typeof REQUESTS)[N]['reply']>;
export type ReportBody<N extends ReportName> = z.output<(typeof REPORTS)[N]>;
export type FactBody<N extends FactName> = z.output<(typeof FACTS)[N]>;
export type CommandBody<N extends CommandName> = z.output<(typeof COMMANDS)[N]>;

const REQUEST_BODIES = Object.fromEntries(
  Object.entries(REQUESTS).map(([name, { request }]) => [name, request as z.ZodType]),
) as Record<RequestName, z.ZodType>;

const BODIES: Record<MessageName, z.ZodType> = {
  ...REQUEST_BODIES,
  ...REPORTS,
  ...FACTS,
  ...COMMANDS,
};

export const isMessageName = (name: string): name is MessageName => Object.hasOwn(BODIES, name);
export const isRequestName = (name: string): name is RequestName => Object.hasOwn(REQUESTS, name);

/** The schema of a message's body. */
export const bodySchema = (name: MessageName): z.ZodType => BODIES[name];
