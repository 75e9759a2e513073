import { ShoalError } from '#core';

/** Version of the control socket's routes and bodies: grows with every change that an older side could not read. */
export const LOCAL_API_VERSION = 1;

/** Every request and every answer on the control socket says who speaks. */
export const LOCAL_HEADERS = { api: 'shoal-api', software: 'shoal-software' } as const;

/** One side of a control socket. */
export interface LocalSide {
  /** `shoal 0.1.0` */
  readonly software: string;
  readonly api: number;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the other side said of itself; undefined when it said nothing. */
export const localSideOf = (headers: Headers): LocalSide | undefined => {
  const api = headers[LOCAL_HEADERS.api];
  const software = headers[LOCAL_HEADERS.software];
  if (typeof api !== 'string' || !/^\d{1,6}$/.test(api)) return undefined;
  return { api: Number(api), software: typeof software === 'string' ? software.slice(0, 64) : 'unknown' };
};

export const localHeadersOf = ({ api, software }: LocalSide): Record<string, string> => ({
  [LOCAL_HEADERS.api]: String(api),
  [LOCAL_HEADERS.software]: software,
});

/** Why these two cannot talk, or undefined when they can. */
export const localMismatch = (commandLine: LocalSide, daemon: LocalSide): ShoalError | undefined =>
  commandLine.api === daemon.api
    ? undefined
    : new ShoalError(
        'wrong-version',
        `the command line is ${sideText(commandLine)}, the peer of this machine is ${sideText(daemon)}`,
        {
          hint: 'Start the peer again with the version of the command line, or use the command line that came with it.',
        },
      );

const sideText = ({ software, api }: LocalSide): string => `${software} (control API ${api})`;
