package io.hourmeter.tests.containers;

import java.util.Map;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands the tests one {@link Rig}, started with the first and stopped after the last. After each nothing runs on. */
final class RigResolver implements ParameterResolver, BeforeEachCallback, AfterEachCallback {

    private static Rig rig(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(Rig.class))
                .computeIfAbsent(Rig.class, type -> start(), Rig.class);
    }

    private static Rig start() {
        try {
            return new Rig(Map.of());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Rig.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return rig(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        rig(context).begin();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            rig(context).assertQuiet();
        }
    }
}
