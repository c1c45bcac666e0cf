package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.EntryType;
import com.alibaba.csp.sentinel.ResourceTypeConstants;
import com.alibaba.csp.sentinel.slotchain.ResourceWrapper;
import com.alibaba.csp.sentinel.slotchain.StringResourceWrapper;

/// The statistics of one resource, shared by all tables that have rules for it.
final class Resource {
    final ResourceWrapper wrapper;
    final ResourceNode node = new ResourceNode();

    Resource(String name) {
        wrapper = new StringResourceWrapper(name, EntryType.IN, ResourceTypeConstants.COMMON_API_GATEWAY);
    }

    String name() {
        return wrapper.getName();
    }
}
