/**
 * The license server: runnable, embeddable, and its client in the same process.
 *
 * <p>Read {@code LicenseServer} first, which an application or a test starts; then {@code EmbeddedLicenseClient}, which asks
 * the ledger without HTTP. The command line begins in {@code LicenseServerMain}: {@code ServeCommand},
 * {@code AuditCommand}, {@code BackupCommand}, {@code RestoreCommand}. The package {@code http} is the port for others,
 * the package {@code ledger} what all of them ask.
 */
@NullMarked
package io.hourmeter.server;

import org.jspecify.annotations.NullMarked;
