/**
 * Who calls, and whether they may: a credential becomes a {@link io.headgate.api.Caller} or a refusal.
 * A request enters in {@code AuthenticateFilter}, and most leave it again at once with a token that was proved before.
 * It must never pass a request on whose credential it could not prove, nor say to a client which check failed.
 */
@NullMarked
package io.headgate.authz;

import org.jspecify.annotations.NullMarked;
