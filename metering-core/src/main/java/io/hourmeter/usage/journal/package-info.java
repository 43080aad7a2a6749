/**
 * The crash journal: what a restart must still report. The only files that a tracker reads and writes. Knows the values of
 * {@link io.hourmeter.usage.node} and nothing of the tracker. Not exported.
 *
 * <p>In this order it is read best: {@link io.hourmeter.usage.journal.Journal}, the port;
 * {@link io.hourmeter.usage.journal.JournalKeeper}, when it is written;
 * {@link io.hourmeter.usage.journal.FileJournal} and {@code JournalFolder}, how, and who of several processes owns what;
 * {@link io.hourmeter.usage.journal.JournalFormat}, the bytes.
 */
@NullMarked
package io.hourmeter.usage.journal;

import org.jspecify.annotations.NullMarked;
