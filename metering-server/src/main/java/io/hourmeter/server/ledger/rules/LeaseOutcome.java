package io.hourmeter.server.ledger.rules;

import io.hourmeter.UsageAnswers;

/**
 * What a message did.
 *
 * @param state the license as it is now
 * @param answer for the node, to be given only after the commit
 */
public record LeaseOutcome(LicenseState state, UsageAnswers.Answer answer) {}
