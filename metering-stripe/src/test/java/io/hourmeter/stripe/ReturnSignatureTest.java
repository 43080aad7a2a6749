package io.hourmeter.stripe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReturnSignatureTest {

    private static final String PURCHASE = "0b8f8c1e-53e5-4d2e-9a53-6c1f1b8f0a11";

    private final ReturnSignature signature = new ReturnSignature("sk_test_51abc");

    @Test
    void namesThePurchaseItWasMadeFor() {
        String purchase = UUID.randomUUID().toString();
        assertThat(signature.purchaseOf(signature.sign(purchase))).isEqualTo(purchase);
    }

    /** All nodes of an installation, also after a restart. */
    @Test
    void holdsWhereverTheSecretKeyIsTheSame() {
        assertThat(new ReturnSignature("sk_test_51abc").purchaseOf(signature.sign(PURCHASE)))
                .isEqualTo(PURCHASE);
        assertThat(signature.sign(PURCHASE))
                .as("also in the next version")
                .isEqualTo(PURCHASE + ".591ce734102758099179e1180702e63e");
    }

    @Test
    void saysNothingUnderAnotherSecretKey() {
        assertThat(new ReturnSignature("sk_test_51abd").purchaseOf(signature.sign(PURCHASE)))
                .isNull();
    }

    @Test
    void noCharacterMayDiffer() {
        String good = signature.sign(PURCHASE);
        for (int i = 0; i < good.length(); i++) {
            char other = good.charAt(i) == '0' ? '1' : '0';
            String changed = good.substring(0, i) + other + good.substring(i + 1);
            assertThat(signature.purchaseOf(changed)).as(changed).isNull();
            assertThat(signature.purchaseOf(good.substring(0, i)))
                    .as("the first %s", i)
                    .isNull();
        }
        assertThat(signature.purchaseOf(good + "0")).isNull();
        assertThat(signature.purchaseOf(good.toUpperCase(Locale.ROOT))).isNull();
        assertThat(signature.purchaseOf(null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", "x.00000000000000000000000000000000", ".00000000000000000000000000000000"})
    void whatIsNoneNamesNothing(String text) {
        assertThat(signature.purchaseOf(text)).isNull();
    }

    @Test
    void fitsIntoAnAddressAsItIs() {
        assertThat(signature.sign(PURCHASE)).matches("[A-Za-z0-9.-]{1,97}");
    }
}
