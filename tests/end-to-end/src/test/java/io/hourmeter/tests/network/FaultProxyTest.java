package io.hourmeter.tests.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class FaultProxyTest {

    /** Otherwise a server of another test may answer in its place, and does so once in a while. */
    @Test
    void nobodyElseGetsThePortWhileConnectionsAreRefused() throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket target = new ServerSocket(0, 1, here);
                FaultProxy network = new FaultProxy(target.getLocalPort())) {
            network.inject(Fault.REFUSED);
            assertThatThrownBy(() -> new Socket(here, network.port())).isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> new ServerSocket(network.port(), 1, here)).isInstanceOf(BindException.class);
            network.heal();
            try (Socket through = new Socket(here, network.port())) {
                assertThat(through.isConnected()).isTrue();
            }
        }
    }
}
