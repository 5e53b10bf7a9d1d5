/**
 * HTTP for people and pipelines: reads and writes resources, explains routes, tells who serves what.
 * A request enters through {@code AdminRoutes}, on the management port.
 * It must never decide what a resource may say: kinds do that.
 */
@NullMarked
package io.headgate.gateway.admin;

import org.jspecify.annotations.NullMarked;
