package com.acme;

/// There is not enough of an article.
public class OutOfStock extends Exception {
    private static final long serialVersionUID = 1;

    private final String article;

    public OutOfStock(String article) {
        super("not enough of " + article);
        this.article = article;
    }

    public String getArticle() { return article; }
}
