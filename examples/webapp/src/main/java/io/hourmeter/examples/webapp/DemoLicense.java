package io.hourmeter.examples.webapp;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.License;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerException;
import io.hourmeter.NewLicense;
import io.hourmeter.Validation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;

/**
 * The license of the demo: one hour, made at the first start and found again at the next one. A license that can no
 * longer be used is replaced by a new one.
 */
record DemoLicense(LicenseKey key, License license, boolean found) {

    /** Where the key is kept: the license server itself forgets it at once. */
    static final Path FILE = Path.of("data", "demo-license.txt");

    private static final Duration HOURS = Duration.ofHours(1);
    private static final Customer CUSTOMER = new Customer("demo@example.com", "Demo", "Demo");

    static DemoLicense findOrCreate(LicenseClient client) {
        try {
            Optional<DemoLicense> found = find(client);
            return found.isPresent() ? found.get() : create(client);
        } catch (LicenseServerException e) {
            throw new CannotStartException(
                    "The demo license cannot be made: " + e.getMessage()
                            + ". A separate license server must be running, and let this program create licenses",
                    e);
        } catch (IOException e) {
            throw new CannotStartException("The demo license cannot be kept in " + FILE + ": " + e.getMessage(), e);
        }
    }

    private static Optional<DemoLicense> find(LicenseClient client) throws IOException {
        if (!Files.exists(FILE)) {
            return Optional.empty();
        }
        Optional<LicenseKey> key = LicenseKey.parse(Files.readString(FILE));
        if (key.isEmpty()) {
            return Optional.empty();
        }
        Validation validation = client.validate(key.get());
        return validation.valid() && validation.license() != null
                ? Optional.of(new DemoLicense(key.get(), validation.license(), true))
                : Optional.empty();
    }

    private static DemoLicense create(LicenseClient client) throws IOException {
        // No idempotency key: a repeated creation could not answer the key again.
        CreatedLicense created = client.create(NewLicense.of(CUSTOMER, HOURS), null);
        keep(created.key());
        return new DemoLicense(created.key(), created.license(), false);
    }

    /** Readable by its owner alone, and never half written. */
    private static void keep(LicenseKey key) throws IOException {
        Path folder = Files.createDirectories(FILE.toAbsolutePath().getParent());
        Path written = Files.createTempFile(folder, "demo-license", ".tmp", ownerOnly(folder));
        Files.write(written, (key.text() + "\n").getBytes(StandardCharsets.US_ASCII));
        Files.move(written, FILE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static FileAttribute<?>[] ownerOnly(Path folder) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
