package com.acme;

public interface CartService {
    Cart find(String id);

    Cart put(String id, Cart cart);
}
