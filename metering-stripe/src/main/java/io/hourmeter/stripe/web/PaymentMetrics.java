package io.hourmeter.stripe.web;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/**
 * Publishes {@link PaymentsServlet#stats()} to Micrometer, under names that begin with {@code hourmeter.payments.}; the table
 * is in {@code docs/metrics.md}. Needs {@code micrometer-core} on the class path; nothing else here does. Bind it once for each
 * registry; thread-safe.
 */
@SuppressWarnings("exports") // Micrometer is optional: whoever uses this class requires it himself
public final class PaymentMetrics implements MeterBinder {

    private final PaymentsServlet servlet;

    /**
     * Metrics of a servlet.
     *
     * @param servlet which; the one of the container is the ServletContext attribute {@code io.hourmeter.PaymentsServlet}
     */
    public PaymentMetrics(PaymentsServlet servlet) {
        this.servlet = servlet;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(
                registry,
                "hourmeter.payments.stripe.waiting",
                "calls",
                "Calls to Stripe that customers wait for",
                PaymentStats::stripeCallsWaiting);
        counter(
                registry,
                "hourmeter.payments.stripe.refused",
                "calls",
                "Calls to Stripe that were not made for the sake of other customers",
                PaymentStats::stripeCallsRefused);
        counter(
                registry,
                "hourmeter.payments.returns.unsigned",
                "requests",
                "Links back from Stripe without a signature of this installation",
                PaymentStats::unsignedReturns);
        gauge(
                registry,
                "hourmeter.payments.bodies",
                "requests",
                "Requests whose body is on its way",
                PaymentStats::bodies);
        gauge(
                registry,
                "hourmeter.payments.bodies.arrived",
                "bytes",
                "What of these bodies has arrived",
                PaymentStats::bodyBytes);
        counter(
                registry,
                "hourmeter.payments.bodies.abandoned",
                "requests",
                "Requests whose body was too slow, or had no room",
                PaymentStats::bodiesGivenUp);
        counter(
                registry,
                "hourmeter.payments.signups.refused",
                "requests",
                "Licenses that were not created, because too many were",
                PaymentStats::signUpsRefused);
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String unit,
            String description,
            ToDoubleFunction<PaymentStats> value) {
        Gauge.builder(name, servlet, source -> value.applyAsDouble(source.stats()))
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }

    private void counter(
            MeterRegistry registry,
            String name,
            String unit,
            String description,
            ToDoubleFunction<PaymentStats> value) {
        FunctionCounter.builder(name, servlet, source -> value.applyAsDouble(source.stats()))
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }
}
