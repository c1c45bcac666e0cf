/// ZooKeeper: the client of registries of this type, for the layouts of Spring Cloud and of Dubbo.
@NullMarked
package io.jigress.sources.zookeeper;

import org.jspecify.annotations.NullMarked;
