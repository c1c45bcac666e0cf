/// Envoy's external authorization (`ext_authz` v3) over gRPC and HTTP. Reading order: `AuthzFactory`, `AuthzFilter`, `CheckAttributes`, then a
/// client.
@NullMarked
package io.jigress.plugins.process.authz;

import org.jspecify.annotations.NullMarked;
