/**
 * Sends reads to replicas that have seen what the caller wrote.
 * A request will enter last of all decisions; today only the route's section is read here.
 * It must never answer with less than the level of consistency that it says it met.
 */
@NullMarked
package io.headgate.reads;

import org.jspecify.annotations.NullMarked;
