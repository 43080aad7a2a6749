package io.hourmeter.spring;

import io.hourmeter.internal.LibraryVersions.LibraryException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A library that is missing or too old stops the start with its one line. */
class LibraryFailureAnalyzer extends AbstractFailureAnalyzer<LibraryException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, LibraryException cause) {
        return new FailureAnalysis(
                String.valueOf(cause.getMessage()), "Let the build bring a newer version of that library.", cause);
    }
}
