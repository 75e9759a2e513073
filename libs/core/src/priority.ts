/** How urgent a download is: from 0 to so much; what is higher goes first and gets more of the bandwidth. */
export const HIGHEST_PRIORITY = 9;
export const DEFAULT_PRIORITY = 5;
