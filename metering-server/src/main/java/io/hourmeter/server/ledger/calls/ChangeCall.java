package io.hourmeter.server.ledger.calls;

import io.hourmeter.License;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseStatus;
import io.hourmeter.server.ledger.rules.LicenseRow;
import io.hourmeter.server.ledger.store.Account;
import io.hourmeter.server.ledger.store.LicenseNames;
import io.hourmeter.server.ledger.store.LoadRequest;
import io.hourmeter.server.ledger.store.UnitOfWork;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Changes status or expiry. Safe to send twice: it states what holds from now on. */
public final class ChangeCall implements WriteCall<License> {

    private final LicenseRef license;
    private final @Nullable LicenseStatus status;
    private final @Nullable Instant expires;
    private final boolean clearExpires;
    private final String actor;

    /**
     * What is to hold.
     *
     * @param status null leaves it as it is
     * @param expires null leaves it as it is
     * @param clearExpires whether the license is not to expire
     */
    public ChangeCall(
            LicenseRef license,
            @Nullable LicenseStatus status,
            @Nullable Instant expires,
            boolean clearExpires,
            String actor) {
        this.license = license;
        this.status = status;
        this.expires = expires;
        this.clearExpires = clearExpires;
        this.actor = actor;
    }

    @Override
    public void declare(LoadRequest needs) {
        needs.license(license);
    }

    @Override
    public License decide(UnitOfWork work) {
        Account account = work.require(license);
        LicenseRow before = account.row();
        LicenseStatus newStatus = Objects.requireNonNullElse(status, before.status());
        long newExpires = before.expiresMillis();
        if (clearExpires) {
            newExpires = LicenseRow.NEVER;
        } else if (expires != null) {
            newExpires = expires.toEpochMilli();
        }
        if (newStatus != before.status()) {
            account.note("status " + newStatus.name().toLowerCase(Locale.ROOT), actor);
        }
        if (newExpires != before.expiresMillis()) {
            String when = newExpires == LicenseRow.NEVER
                    ? "never"
                    : Instant.ofEpochMilli(newExpires).toString();
            account.note("expires " + when, actor);
        }
        account.set(before.withStatus(newStatus).withExpires(newExpires));
        return account.license().toLicense();
    }

    @Override
    public String toString() {
        return "change " + LicenseNames.shown(license) + " by " + actor;
    }
}
