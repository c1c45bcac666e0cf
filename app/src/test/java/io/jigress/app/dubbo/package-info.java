/// A gateway in front of real Dubbo providers.
package io.jigress.app.dubbo;
