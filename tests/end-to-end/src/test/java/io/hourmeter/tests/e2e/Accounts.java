package io.hourmeter.tests.e2e;

import io.hourmeter.Customer;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseId;
import io.hourmeter.LicenseRef;
import io.hourmeter.NewLicense;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The accounts of an application with a login of its own, as a test needs them. Thread-safe. */
final class Accounts {

    private final Map<String, LicenseId> licenses = new ConcurrentHashMap<>();
    private final List<String> written = new CopyOnWriteArrayList<>();

    /** Opens an account; its license is created with it, and of its key nothing is kept. */
    LicenseId open(String user, LicenseClient client, Duration hours) {
        LicenseId license = client.create(
                        NewLicense.of(new Customer(user + "@example.com", "", user), hours), "account-" + user)
                .license()
                .id();
        licenses.put(user, license);
        return license;
    }

    /** An account whose license nobody has. */
    void openWith(String user, LicenseId license) {
        licenses.put(user, license);
    }

    Optional<String> licenseOf(String user) {
        return Optional.ofNullable(licenses.get(user)).map(LicenseId::value);
    }

    void write(LicenseRef license, String text) {
        written.add(license + ": " + text);
    }

    List<String> written() {
        return written;
    }
}
