package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What one address may do before anything is known about its caller. */
class AddressLimitTest {

    private static TestEdge edge;

    @BeforeAll
    static void start() {
        edge = TestEdge.start(
                "headgate.edge.address-limit.rate=1",
                "headgate.edge.address-limit.burst=2",
                "headgate.edge.header-timeout=100ms");
    }

    @AfterAll
    static void stop() {
        edge.close();
    }

    @Test
    void anAddressThatFloodsIsToldHowLongToWait() {
        assertThat(IntStream.range(0, 100)
                        .mapToObj(i ->
                                Wire.send(edge.port(), "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                        .filter(answer -> answer.startsWith("HTTP/1.1 429"))
                        .findFirst())
                .hasValueSatisfying(answer -> assertThat(answer).contains("Retry-After: 1", "\"retry_after\":1"));
    }

    @Test
    void aHeadThatNeverEndsEndsItsConnection() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write("GET /a HTTP/1.1\r\nX-A: b".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void whatWasUsedComesBackWithTimeAndNoFasterThanTheRate() throws IOException {
        var clients = new Clients(new EdgeProperties.AddressLimit(10, 3, 100));
        var address = InetAddress.ofLiteral("203.0.113.9");
        var client = clients.of(address);
        long now = 1_000_000_000L;

        assertThat(clients.take(address, client, now)).isZero();
        assertThat(clients.take(address, client, now)).isZero();
        assertThat(clients.take(address, client, now)).isZero();
        assertThat(clients.take(address, client, now)).isEqualTo(100_000_000L);
        assertThat(clients.take(address, client, now + 100_000_000L)).isZero();
        assertThat(clients.take(address, client, now + 100_000_001L)).isEqualTo(99_999_999L);
    }

    @Test
    void addressesOfOneNetworkShareTheirAllowance() throws IOException {
        var clients = new Clients(new EdgeProperties.AddressLimit(1, 1, 100));
        var one = InetAddress.ofLiteral("2001:db8::1");
        var other = InetAddress.ofLiteral("2001:db8::2");

        assertThat(clients.take(one, clients.of(one), 0)).isZero();
        assertThat(clients.take(other, clients.of(other), 0)).isPositive();
    }
}
