package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardedRequestTest {

    private static String network(String address) {
        return new ForwardedRequest(address, "http", "", null).clientNetwork();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.2, false",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:7:8:9:a, true",
        "2001:db8:1:2::1, 2001:db8:1:2:0:0:0:7, true",
        "2001:db8:1:2::1, 2001:db8:1:3::1, false",
        "2001:db8::1, 2001:db8::2, true",
        "2001:db8::1, 2001:DB8:0:0:1::, true",
        "::1, ::2, true",
        "fe80::1%eth0, fe80::1%eth1, true",
        "::ffff:192.0.2.1, 192.0.2.1, true"
    })
    void addressesOfOneCustomerShareAShare(String one, String other, boolean shared) {
        assertThat(network(one).equals(network(other))).as(network(one)).isEqualTo(shared);
    }

    @Test
    void whatIsNoAddressIsBounded() {
        assertThat(network("_hidden")).isEqualTo("_hidden");
        assertThat(network("x".repeat(10_000))).hasSize(64);
        assertThat(network("")).isEmpty();
    }
}
