package io.hourmeter;

/**
 * What names a license in a call: the key, which whoever holds it may use, or the id, which is no secret and counts only
 * from a program that is trusted with it: by its token at a license server, by its own login at a tracker.
 */
public sealed interface LicenseRef permits LicenseKey, LicenseId {}
