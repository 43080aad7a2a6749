package io.hourmeter.usage;

/** The answer to a request for use: it is either running now, or refused. */
public sealed interface Admission permits Granted, Refused {}
