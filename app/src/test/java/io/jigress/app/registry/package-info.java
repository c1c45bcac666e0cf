/// A gateway beside real registries.
package io.jigress.app.registry;
