/// A gateway with real registries.
package io.jigress.app.registry;
