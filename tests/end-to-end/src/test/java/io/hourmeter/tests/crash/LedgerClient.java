package io.hourmeter.tests.crash;

import io.hourmeter.CreatedLicense;
import io.hourmeter.Customer;
import io.hourmeter.Debited;
import io.hourmeter.LicenseClient;
import io.hourmeter.LicenseKey;
import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.NewLicense;
import io.hourmeter.tests.crash.Figures.Count;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Creates, credits and deducts as a payment system does: each call has an idempotency key and is sent until it is
 * acknowledged, whatever happens to the license server meanwhile.
 */
final class LedgerClient {

    static final String REFERENCE = "crash test";

    private static final Customer CUSTOMER = new Customer("ada@example.com", "Analytical", "Ada");
    private static final long AGAIN_NANOS = 50_000_000;

    /** Far longer than any outage of the test. */
    private static final long GIVE_UP_MILLIS = 60_000;

    private final LicenseClient client;
    private final Receipts receipts;
    private final Figures figures;

    LedgerClient(LicenseClient client, Receipts receipts, Figures figures) {
        this.client = client;
        this.receipts = receipts;
        this.figures = figures;
    }

    LicenseKey create(Duration hours) {
        String once = "create-" + UUID.randomUUID();
        Acknowledged<CreatedLicense> created =
                untilAcknowledged(() -> client.create(NewLicense.of(CUSTOMER, hours), once));
        LicenseKey key = created.answer().key();
        receipts.created(key);
        figures.count(Count.CREATED);
        return key;
    }

    void credit(LicenseKey license, long millis) {
        String once = "stripe:" + UUID.randomUUID();
        Acknowledged<?> credited =
                untilAcknowledged(() -> client.addHours(license, Duration.ofMillis(millis), once, REFERENCE, ""));
        receipts.entry(new Receipts.Entry(license, once, millis, credited.unknownBefore()));
        figures.count(Count.CREDITED);
    }

    void debit(LicenseKey license, long millis) {
        String once = "debit-" + UUID.randomUUID();
        Acknowledged<Debited> debited =
                untilAcknowledged(() -> client.deductHours(license, Duration.ofMillis(millis), once));
        receipts.entry(new Receipts.Entry(license, once, -debited.answer().deductedMillis(), debited.unknownBefore()));
        figures.count(Count.DEBITED);
    }

    private record Acknowledged<T>(T answer, boolean unknownBefore) {}

    private <T> Acknowledged<T> untilAcknowledged(Supplier<T> call) {
        long begun = Clock.millis();
        boolean unknown = false;
        while (true) {
            try {
                return new Acknowledged<>(call.get(), unknown);
            } catch (LicenseServerUnavailableException e) {
                if (Clock.millis() - begun > GIVE_UP_MILLIS) {
                    throw e;
                }
                if (!unknown) {
                    figures.count(Count.UNKNOWN);
                }
                unknown = true;
                LockSupport.parkNanos(AGAIN_NANOS);
            }
        }
    }
}
