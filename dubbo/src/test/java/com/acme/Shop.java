package com.acme;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The three services of a small shop.
public final class Shop implements OrderService, StockService {
    private static final int STOCK = 3;

    private final Map<String, Cart> carts = new ConcurrentHashMap<>();

    @Override
    public Order find(long id) {
        return order(id, "a-1", 2);
    }

    @Override
    public Order place(Order order) throws OutOfStock {
        if (order.getCount() > STOCK) {
            throw new OutOfStock(order.getArticle());
        }
        return order(8, order.getArticle(), order.getCount());
    }

    @Override
    public int count(String article) {
        return STOCK;
    }

    public CartService carts() {
        return new CartService() {
            @Override
            public Cart find(String id) {
                return carts.getOrDefault(id, new Cart());
            }

            @Override
            public Cart put(String id, Cart cart) {
                carts.put(id, cart);
                return cart;
            }
        };
    }

    private static Order order(long id, String article, int count) {
        Order order = new Order();
        order.setId(id);
        order.setArticle(article);
        order.setCount(count);
        return order;
    }
}
