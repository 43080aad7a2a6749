package io.hourmeter.server.ledger;

import io.hourmeter.LicenseServerUnavailableException;
import io.hourmeter.server.ledger.store.AuditCase;
import io.hourmeter.server.ledger.store.LedgerStore;
import io.hourmeter.server.ledger.store.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Recomputes a ledger, one license after the other, so that what it keeps in memory is one license. */
final class LedgerAudit {

    private LedgerAudit() {}

    /**
     * Looks at every license once.
     *
     * @param found told each difference as it is found
     * @throws LicenseServerUnavailableException if the store cannot be read, or a license is beyond recomputing
     */
    static Ledger.Audit run(LedgerStore.Reads reads, Consumer<Difference> found) {
        long licenses = 0;
        long leases = 0;
        long entries = 0;
        long differences = 0;
        try {
            for (Optional<AuditCase> next = reads.audit(0); next.isPresent(); ) {
                AuditCase license = next.get();
                List<Difference> contradictions = differences(license);
                contradictions.forEach(found);
                licenses++;
                leases += license.leases().size();
                entries += license.entries().size();
                differences += contradictions.size();
                next = reads.audit(license.license().id());
            }
        } catch (StoreException e) {
            throw new LicenseServerUnavailableException("the license server's store cannot be read", e);
        }
        return new Ledger.Audit(licenses, leases, entries, differences);
    }

    private static List<Difference> differences(AuditCase license) {
        try {
            return new LicenseAudit(license).differences();
        } catch (ArithmeticException | IllegalArgumentException e) {
            // Sums beyond 64 bits, a lease that ends before it begins: rows that no rule of the ledger can have
            // written.
            throw new LicenseServerUnavailableException(
                    license.license().publicId() + " cannot be recomputed: " + e.getMessage(), e);
        }
    }
}
