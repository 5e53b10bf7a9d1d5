package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.BadSettingException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressesTest {

    private final PublicAddresses addresses = new PublicAddresses(JobSettings.quick()
            .with("webhooks.allow-loopback", false)
            .with("webhooks.allowed", "10.1.2.3")
            .read()
            .webhooks());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.100.100.200",
                "127.0.0.1",
                "127.9.9.9",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "::10.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2002:a00:1::",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1",
                "3fff::1",
                "5f00::1"
            })
    void whatIsNotPlainlyPublicIsNotCalled(String address) {
        assertThat(addresses.mayCall(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "1.1.1.1",
                "172.15.0.1",
                "172.32.0.1",
                "100.63.0.1",
                "192.167.1.1",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00:1450:4001::1",
                "10.1.2.3",
                "::ffff:10.1.2.3"
            })
    void whatIsPublicOrNamedIsCalled(String address) {
        assertThat(addresses.mayCall(InetAddress.ofLiteral(address))).isTrue();
    }

    @Test
    void aNameIsNoAddress() {
        assertThatThrownBy(() -> new PublicAddresses(JobSettings.quick()
                        .with("webhooks.allowed", "example.com")
                        .read()
                        .webhooks()))
                .isInstanceOf(BadSettingException.class)
                .hasMessageContaining("example.com");
    }
}
