/**
 * The application: it assembles the edge, the registry and the admin API, and holds no logic of its own.
 * A request enters through the edge package, a change through the admin package.
 * Nothing may be put here that has a better home in one of the four packages below.
 */
@NullMarked
package io.headgate.gateway;

import org.jspecify.annotations.NullMarked;
