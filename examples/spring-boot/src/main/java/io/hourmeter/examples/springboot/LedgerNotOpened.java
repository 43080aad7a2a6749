package io.hourmeter.examples.springboot;

import io.hourmeter.LicenseServerException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A ledger that cannot be opened in this process stops the start with its one line. Found through spring.factories. */
final class LedgerNotOpened extends AbstractFailureAnalyzer<LicenseServerException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, LicenseServerException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
    }
}
