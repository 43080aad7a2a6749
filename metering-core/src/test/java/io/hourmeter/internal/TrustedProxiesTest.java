package io.hourmeter.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {

    private static final String PROXY = "10.0.0.1";

    private final TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8", "2001:db8:aaaa::/48", "::1"));

    private ForwardedRequest from(String peer, String... headers) {
        Map<String, List<String>> byName = new LinkedHashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            byName.computeIfAbsent(headers[i].toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(headers[i + 1]);
        }
        return proxies.read(peer, "http", "inner:8080", name -> byName.get(name.toLowerCase(Locale.ROOT)));
    }

    private ForwardedRequest throughProxy(String... headers) {
        return from(PROXY, headers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.9", "11.0.0.1", "2001:db8:aaab::1", "[::2]", "unix", ""})
    void aStrangersHeadersDoNotCount(String peer) {
        ForwardedRequest seen = from(
                peer,
                "Forwarded",
                "for=198.51.100.7;proto=https;host=evil.example",
                "X-Forwarded-For",
                "198.51.100.7",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "evil.example",
                "X-Forwarded-Prefix",
                "/evil");

        assertThat(seen.clientAddress()).doesNotContain("198.51.100.7");
        assertThat(seen.scheme()).isEqualTo("http");
        assertThat(seen.host()).isEqualTo("inner:8080");
        assertThat(seen.prefix()).isNull();
    }

    @Test
    void nobodyIsTrustedUnlessSaid() {
        assertThat(TrustedProxies.NONE
                        .read("127.0.0.1", "http", "h", name -> List.of("198.51.100.7"))
                        .clientAddress())
                .isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.1", "10.255.255.255", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::1%lo", "::ffff:10.1.1.1"})
    void aTrustedPeerTellsTheClient(String peer) {
        ForwardedRequest seen = from(
                peer,
                "X-Forwarded-For",
                "198.51.100.7",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "app.example.com",
                "X-Forwarded-Prefix",
                "/app/");

        assertThat(seen).isEqualTo(new ForwardedRequest("198.51.100.7", "https", "app.example.com", "/app"));
        assertThat(seen.secure()).isTrue();
    }

    @Test
    void withoutHeadersATrustedPeerIsTheClient() {
        assertThat(throughProxy()).isEqualTo(new ForwardedRequest(PROXY, "http", "inner:8080", null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "198.51.100.7 | 198.51.100.7",
                "1.2.3.4, 198.51.100.7 | 198.51.100.7",
                "1.2.3.4, 198.51.100.7, 10.0.0.2, 10.0.0.3 | 198.51.100.7",
                "10.9.9.9, 198.51.100.7, 10.0.0.2 | 198.51.100.7",
                "10.0.0.9, 10.0.0.2 | 10.0.0.9",
                "198.51.100.7:4711 | 198.51.100.7",
                "2001:db8::7 | 2001:db8:0:0:0:0:0:7",
                "[2001:db8::7] | 2001:db8:0:0:0:0:0:7",
                "[2001:db8::7]:4711 | 2001:db8:0:0:0:0:0:7",
                "::ffff:198.51.100.7 | 198.51.100.7",
                ",, 198.51.100.7 ,, | 198.51.100.7",
                "unknown | 10.0.0.1",
                "198.51.100.7, unknown | 10.0.0.1",
                "198.51.100.7, unknown, 10.0.0.2 | 10.0.0.2",
                "_hidden | 10.0.0.1",
                "999.1.1.1 | 10.0.0.1",
                "010.0.0.1 | 10.0.0.1",
                "198.51.100.7.example.com | 10.0.0.1",
                "localhost | 10.0.0.1",
                "1.2.3.4\", 198.51.100.7 | 198.51.100.7"
            })
    void theClientIsTheLastInTheChainThatIsNoTrustedProxy(String chain, String client) {
        assertThat(throughProxy("X-Forwarded-For", chain).clientAddress()).isEqualTo(client);
    }

    @Test
    void headerLinesFollowEachOther() {
        assertThat(throughProxy("X-Forwarded-For", "1.2.3.4, 198.51.100.7", "X-Forwarded-For", "10.0.0.2")
                        .clientAddress())
                .isEqualTo("198.51.100.7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "for=198.51.100.7 | 198.51.100.7 | http | inner:8080",
                "For=\"198.51.100.7:4711\"; Proto=HTTPS; Host=\"app.example.com:8443\" | 198.51.100.7 | https | app.example.com:8443",
                "for=\"[2001:db8::7]:4711\" | 2001:db8:0:0:0:0:0:7 | http | inner:8080",
                "for=1.2.3.4;proto=http;host=evil, for=198.51.100.7;proto=https;host=app | 198.51.100.7 | https | app",
                "for=198.51.100.7;proto=https;host=app, for=10.0.0.2;proto=http;host=mid | 198.51.100.7 | https | app",
                "for=unknown;proto=https | 10.0.0.1 | https | inner:8080",
                "for=_x7;host=app | 10.0.0.1 | http | app",
                "proto=https;host=app | 10.0.0.1 | https | app",
                "for=198.51.100.7;for=198.51.100.8 | 10.0.0.1 | http | inner:8080",
                "for=\"a\\\"b, c\", for=198.51.100.7 | 198.51.100.7 | http | inner:8080",
                "for=1.2.3.4;a=\", for=\"[2001:db8::7]\" | 10.0.0.1 | http | inner:8080",
                "for=\"\\ | 10.0.0.1 | http | inner:8080",
                "for=198.51.100.7;proto=ftp;host=\"a b\" | 198.51.100.7 | http | inner:8080",
                ";;=;,=, | 10.0.0.1 | http | inner:8080"
            })
    void forwardedIsReadAsItsStandardSays(String header, String client, String scheme, String host) {
        assertThat(throughProxy("Forwarded", header)).isEqualTo(new ForwardedRequest(client, scheme, host, null));
    }

    @Test
    void aHeaderThatTheProxyPassesOnUnreadCannotOverruleTheOneItWrites() {
        ForwardedRequest seen = throughProxy(
                "Forwarded",
                "for=1.2.3.4;proto=https;host=evil.example",
                "X-Forwarded-For",
                "198.51.100.7",
                "X-Forwarded-Proto",
                "http",
                "X-Forwarded-Host",
                "app.example.com");

        assertThat(seen).isEqualTo(new ForwardedRequest(PROXY, "http", "inner:8080", null));
    }

    @Test
    void bothKindsThatAgreeCount() {
        assertThat(throughProxy("Forwarded", "for=\"[2001:db8::7]\"", "X-Forwarded-For", "2001:DB8:0::7")
                        .clientAddress())
                .isEqualTo("2001:db8:0:0:0:0:0:7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // One value for each proxy: the one that goes with the client.
                "198.51.100.7, 10.0.0.2 | https, http | https",
                "1.2.3.4, 198.51.100.7, 10.0.0.2 | http, https, http | https",
                // Each proxy replaces it.
                "198.51.100.7, 10.0.0.2 | https | https",
                // What a stranger put before it does not count.
                "198.51.100.7 | http, https | https",
                "'' | https | https",
                "198.51.100.7 | javascript | http"
            })
    void theSchemeIsTheOneThatATrustedProxyWrote(String chain, String schemes, String scheme) {
        assertThat(throughProxy("X-Forwarded-For", chain, "X-Forwarded-Proto", schemes)
                        .scheme())
                .isEqualTo(scheme);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "app.example.com | app.example.com",
                "app.example.com:8443 | app.example.com:8443",
                "[2001:db8::1]:8443 | [2001:db8::1]:8443",
                "evil.example@app | inner:8080",
                "app/path | inner:8080",
                "'a b' | inner:8080",
                "'' | inner:8080",
                "app:80:80 | inner:8080"
            })
    void aHostIsANameOrAnAddressWithAPort(String given, String host) {
        assertThat(throughProxy("X-Forwarded-Host", given).host()).isEqualTo(host);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            delimiter = '|',
            value = {
                "/app | /app",
                "/app/ | /app",
                "/app/v1 | /app/v1",
                "/ | ''",
                "'' | ''",
                "/outer, /inner | /outer/inner",
                "/a%20b | /a%20b",
                "app | null",
                "//evil.example | null",
                "/a//b | null",
                "/a/../b | null",
                "/a/%2E%2e/b | null",
                "/a/. | null",
                "/a;Domain=evil.example | null",
                "'/a b' | null",
                "/\\evil.example | null",
                "https://evil.example | null",
                "/ä | null"
            })
    void aPrefixIsAPlainPath(String given, @Nullable String prefix) {
        assertThat(throughProxy("X-Forwarded-Prefix", given).prefix()).isEqualTo(prefix);
    }

    @Test
    void whatIsTooLongIsNotRead() {
        String chain = "10.0.0.9, ".repeat(33) + "10.0.0.2";
        assertThat(throughProxy("X-Forwarded-For", chain).clientAddress()).isEqualTo(PROXY);
        assertThat(throughProxy("X-Forwarded-For", "1, ".repeat(2000) + "198.51.100.7")
                        .clientAddress())
                .isEqualTo(PROXY);
        assertThat(throughProxy("X-Forwarded-Prefix", "/" + "a".repeat(300)).prefix())
                .isNull();
    }

    @Test
    void noHeaderIsAnException() {
        Random random = new Random(20261122);
        String alphabet = "for=\"[]:;,\\ \t%.0123456789abcdefproto/host\u0000\u00e4";
        for (int round = 0; round < 20_000; round++) {
            String[] headers = new String[10];
            String[] names = {
                "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix"
            };
            for (int i = 0; i < names.length; i++) {
                StringBuilder text = new StringBuilder();
                for (int length = random.nextInt(40); length > 0; length--) {
                    text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                headers[2 * i] = names[i];
                headers[2 * i + 1] = text.toString();
            }
            assertThat(throughProxy(headers).scheme()).matches("https?");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "localhost | no IP address",
                "proxy.example.com | no IP address",
                "10.0.0.256 | no IP address",
                "10.0.0.0/33 | bits",
                "10.0.0.0/ | bits",
                "::/129 | bits",
                "10.0.0.1/8 | 10.0.0.0/8",
                "/8 | no IP address"
            })
    void whatIsNoNetworkIsRefused(String text, String said) {
        assertThatThrownBy(() -> TrustedProxies.of(List.of(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(said);
    }

    @Test
    void anOddNumberOfBitsIsANetworkToo() {
        TrustedProxies odd = TrustedProxies.of(List.of("192.168.4.0/22", "2001:db8:8000::/33"));
        assertThat(trusted(odd, "192.168.7.255")).isTrue();
        assertThat(trusted(odd, "192.168.8.0")).isFalse();
        assertThat(trusted(odd, "2001:db8:ffff::1")).isTrue();
        assertThat(trusted(odd, "2001:db8:7fff::1")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0.0.0.0/0,true", "::/0,true", "10.0.0.0/8,false"})
    void everybodyMayBeTrustedAndItIsSaid(String text, boolean everybody) {
        assertThat(TrustedProxies.of(List.of(text)).trustsEverybody()).isEqualTo(everybody);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,true", "127.8.8.8,true", "::1,true", "198.51.100.7,false", "::2,false", "localhost,false"})
    void loopbackIsAnAddress(String address, boolean loopback) {
        assertThat(new ForwardedRequest(address, "http", "h", null).fromLoopback())
                .isEqualTo(loopback);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,true",
        "LOCALHOST:8080,true",
        "app.localhost:8080,true",
        "127.0.0.1,true",
        "127.1.2.3:80,true",
        "[::1]:8080,true",
        "[0:0:0:0:0:0:0:1],true",
        "[::ffff:127.0.0.1],true",
        "127.999.1.1,false",
        "127.0.0.1.example.com,false",
        "localhost.example.com:80,false",
        "notlocalhost,false",
        "[::2]:80,false",
        "0.0.0.0,false",
        "'',false"
    })
    void aHostIsLoopbackByItsNameOrAddress(String host, boolean loopback) {
        assertThat(new ForwardedRequest("192.0.2.1", "http", host, null).toLoopback())
                .isEqualTo(loopback);
    }

    private static boolean trusted(TrustedProxies by, String peer) {
        return by.read(peer, "http", "h", name -> name.equals("X-Forwarded-For") ? List.of("198.51.100.7") : null)
                .clientAddress()
                .equals("198.51.100.7");
    }
}
