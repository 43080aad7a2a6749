package io.hourmeter.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Reads decimal numbers exactly, on every Jackson. */
public final class JsonNumbers {

    private JsonNumbers() {}

    /**
     * A number as it stands in the document.
     *
     * @param node of a tree that was read with {@code USE_BIG_DECIMAL_FOR_FLOATS}
     * @return null when it is no number, or one that Jackson makes infinite: until 2.14 it does so beyond the range of double
     */
    public static @Nullable BigDecimal decimal(JsonNode node) {
        boolean finite = !node.isDouble() || Double.isFinite(node.doubleValue());
        return node.isNumber() && finite ? node.decimalValue() : null;
    }
}
