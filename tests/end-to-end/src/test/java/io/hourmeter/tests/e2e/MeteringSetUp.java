package io.hourmeter.tests.e2e;

import io.hourmeter.LicenseRef;
import io.hourmeter.servlet.LicenseKeyResolver;
import io.hourmeter.servlet.MeteringFilter;
import io.hourmeter.usage.MeteringListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;

/** Tells the metering who has logged in, and hears what becomes of the hours. */
public final class MeteringSetUp implements ServletContextListener {

    private final Accounts accounts;

    MeteringSetUp(Accounts accounts) {
        this.accounts = accounts;
    }

    @Override
    public void contextInitialized(ServletContextEvent event) {
        MeteringFilter filter = MeteringFilter.builder()
                .resolver(whoseRequest())
                .listener(whatBecomesOfTheHours())
                .build();
        FilterRegistration.Dynamic metering = event.getServletContext().addFilter("metering", filter);
        metering.setAsyncSupported(true);
        metering.addMappingForUrlPatterns(
                EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC), true, "/api/*");
    }

    /** The id of the license that was created with the account, {@code lic_…}; empty for who has not logged in. */
    private LicenseKeyResolver whoseRequest() {
        return request -> Optional.ofNullable(request.getRemoteUser()).flatMap(accounts::licenseOf);
    }

    private MeteringListener whatBecomesOfTheHours() {
        return new MeteringListener() {
            @Override
            public void hoursLow(LicenseRef license, Duration remaining) {
                accounts.write(license, "less than " + (remaining.toMinutes() + 1) + " minutes are left");
            }

            @Override
            public void exhausted(LicenseRef license) {
                accounts.write(license, "your hours are used up");
            }
        };
    }
}
