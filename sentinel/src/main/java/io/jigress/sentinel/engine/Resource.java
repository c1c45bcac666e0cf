package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.EntryType;
import com.alibaba.csp.sentinel.ResourceTypeConstants;
import com.alibaba.csp.sentinel.node.ClusterNode;
import com.alibaba.csp.sentinel.slotchain.ResourceWrapper;
import com.alibaba.csp.sentinel.slotchain.StringResourceWrapper;

/// The statistics of one resource, shared by all tables that have rules for it.
final class Resource {
    final ResourceWrapper wrapper;
    final ClusterNode node;

    Resource(String name) {
        wrapper = new StringResourceWrapper(name, EntryType.IN, ResourceTypeConstants.COMMON_API_GATEWAY);
        node = new ClusterNode(name, ResourceTypeConstants.COMMON_API_GATEWAY);
    }
}
