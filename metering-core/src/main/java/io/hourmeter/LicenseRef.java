package io.hourmeter;

/** What names a license in a call: the key that the customer holds, or the id that never opens anything. */
public sealed interface LicenseRef permits LicenseKey, LicenseId {}
