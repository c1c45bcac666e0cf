package io.jigress.dubbo.sample;

/// A business exception that a method declares.
public class OutOfStock extends Exception {
    private final String article;
    private final int left;

    public OutOfStock(String message, String article, int left) {
        super(message);
        this.article = article;
        this.left = left;
    }

    public String getArticle() { return article; }

    public int getLeft() { return left; }
}
