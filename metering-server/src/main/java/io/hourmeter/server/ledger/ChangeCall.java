package io.hourmeter.server.ledger;

import io.hourmeter.License;
import io.hourmeter.LicenseRef;
import io.hourmeter.LicenseStatus;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;

/** Changes status or expiry. Safe to send twice: it states what holds from now on. */
final class ChangeCall implements WriteCall<License> {

    private final LicenseRef license;
    private final Ledger.LicenseChange change;
    private final String actor;

    ChangeCall(LicenseRef license, Ledger.LicenseChange change, String actor) {
        this.license = license;
        this.change = change;
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
        LicenseStatus status = Objects.requireNonNullElse(change.status(), before.status());
        long expires = before.expiresMillis();
        if (change.clearExpires()) {
            expires = LicenseRow.NEVER;
        } else if (change.expires() != null) {
            expires = change.expires().toEpochMilli();
        }
        if (status != before.status()) {
            account.note("status " + status.name().toLowerCase(Locale.ROOT), actor);
        }
        if (expires != before.expiresMillis()) {
            String when = expires == LicenseRow.NEVER
                    ? "never"
                    : Instant.ofEpochMilli(expires).toString();
            account.note("expires " + when, actor);
        }
        account.set(before.withStatus(status).withExpires(expires));
        return account.license().toLicense();
    }

    @Override
    public String toString() {
        return "change " + Names.shown(license) + " by " + actor;
    }
}
