package io.headgate.api;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Has a start that fails over a setting end with one sentence instead of a stack trace. */
final class BadSettingAnalyzer extends AbstractFailureAnalyzer<BadSettingException> {

    @Override
    protected FailureAnalysis analyze(Throwable failure, BadSettingException cause) {
        return new FailureAnalysis(cause.getMessage(), null, cause);
    }
}
