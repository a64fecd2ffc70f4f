/** SRTP and SRTCP by keys from SDES: suites and key derivation, replay protection, and the session of one direction. */
export * from "./keys.ts";
export * from "./replay.ts";
export * from "./session.ts";
