package io.headgate.gateway.grpc;

import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.headgate.authz.Askers;
import io.headgate.authz.Evaluations;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.grpc.server.ServerBuilderCustomizer;
import reactor.netty.http.HttpResources;
import reactor.netty.resources.LoopResources;

/** The service, and where its calls run. The server itself, its health and its shutdown are the framework's. */
@Configuration(proxyBeanMethods = false)
class GrpcConfiguration {

    @Bean
    BindableService permissionsService(Askers askers, Evaluations evaluations) {
        var service = new PermissionsService(askers, evaluations);
        return () -> ServerInterceptors.intercept(service, new CallHeaders.Interceptor());
    }

    /** No thread more: what waits for a decision holds none, and is answered by the one that decides. */
    @Bean
    ServerBuilderCustomizer<NettyServerBuilder> onTheLoopsOfTheEdge() {
        LoopResources loops = HttpResources.get();
        EventLoopGroup accepting = loops.onServerSelect(LoopResources.DEFAULT_NATIVE);
        return server -> server.bossEventLoopGroup(accepting)
                .workerEventLoopGroup(loops.onServer(LoopResources.DEFAULT_NATIVE))
                .channelType(loops.onChannelClass(ServerSocketChannel.class, accepting))
                .directExecutor();
    }
}
