import { sample, ShoalError, type Random } from '#core';

/**
 * Broker URLs from a comma list.
 * @throws ShoalError `bad-config` that shows no password
 */
export const parseAmqpUrls = (list: string, variable = 'AMQP_URL'): string[] => {
  const urls = list.split(',').map((text) => text.trim());
  for (const url of urls) {
    if (!isAmqpUrl(url)) {
      throw new ShoalError('bad-config', `${variable} has "${redactUrl(url)}", which is not a broker URL`, {
        hint: `Write ${variable} like amqp://user:password@host:5672, several with commas.`,
      });
    }
  }
  return urls;
};

const isAmqpUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'amqp:' || url.protocol === 'amqps:') && url.hostname !== '';
};

/** The URL with `***` for its password, for logs and messages. Works on text that is no URL, too. */
export const redactUrl = (text: string): string => text.replace(/(:\/\/[^:@/\s,]*):[^\s,]*@/g, '$1:***@');

/** The URL with a heartbeat, unless it names one itself. */
export const withHeartbeat = (text: string, seconds: number): string => {
  const url = new URL(text);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(seconds));
  return url.href;
};

/** First round: as configured. Later ones: shuffled, so that a fleet does not fall on one node together. */
export const attemptOrder = (urls: readonly string[], round: number, random: Random): readonly string[] =>
  round === 0 ? urls : sample(urls, urls.length, random);
