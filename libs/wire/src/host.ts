/** A DNS name, an IPv4 or an IPv6 address (with a zone), or nothing. Whether it exists is for the dialer to find out. */
export const HOST_PATTERN = /^[A-Za-z0-9._:%-]{0,253}$/;
