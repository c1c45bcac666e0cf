package io.jigress.proxy;

import io.jigress.testkit.Variants;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedClass;

/// Runs a class's tests on every transport, without suites on the first only, whose name its constructor takes; see [GatewayUnderTest.Setup#on].
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "{0}")
@Variants({"epoll", "io_uring", "nio"})
@interface EachTransport {}
