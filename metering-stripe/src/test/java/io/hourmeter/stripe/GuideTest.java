package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.Stripe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What docs/stripe.md tells to tick and to pin is what this module handles. */
class GuideTest {

    @Test
    void guideNamesTheHandledEventsAndTheVersion() throws IOException {
        String guide = Files.readString(Path.of("..", "docs", "stripe.md"));

        assertThat(guide.lines()
                        .filter(line -> line.matches(" {4}(checkout|refund|charge)\\.[a-z._]+"))
                        .map(String::strip))
                .containsExactlyElementsOf(StripeEvent.TYPES);
        assertThat(guide).contains("API version **" + Stripe.API_VERSION + "**");
    }
}
