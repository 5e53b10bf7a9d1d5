/**
 * Decisions for services over gRPC, on the internal port that is for nothing else.
 * A call enters in {@code PermissionsService}, with what {@code CallHeaders} kept of its headers.
 * It must never block, since it runs on the event loops of the edge, nor decide anything by itself.
 */
@NullMarked
package io.headgate.gateway.grpc;

import org.jspecify.annotations.NullMarked;
