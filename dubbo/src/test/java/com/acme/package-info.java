/// The services that the manual's page on Dubbo calls.
@NullMarked
package com.acme;

import org.jspecify.annotations.NullMarked;
