package io.hourmeter.spring;

import io.hourmeter.LicenseServerException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A ledger that cannot be opened in this process stops the start with its one line. */
class LicenseServerFailureAnalyzer extends AbstractFailureAnalyzer<LicenseServerException> {

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable root, LicenseServerException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
    }
}
