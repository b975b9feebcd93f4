# Relative weights of the dimension scores and of the items on the overall answer, with bootstrap ranges, base R only.
# Johnson (2000), Multivariate Behavioral Research 35(1), 1-19; R-squared comes from lm(), which does not know weights.
# Call: Rscript drivers.R drivers.responses.csv > drivers.csv

answers <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = "character")
items <- setdiff(names(answers), c("cluster", "overall"))
points <- as.data.frame(lapply(answers[c(items, "overall")], function(column) {
  as.numeric(ifelse(column %in% 1:5, column, NA))
}))
letters_of <- substr(items, 1, 1)
scores <- as.data.frame(lapply(split(items, letters_of), function(codes) rowMeans(points[codes], na.rm = TRUE)))

raw_weights <- function(x, y) {
  parts <- eigen(cor(x), symmetric = TRUE)
  lambda <- parts$vectors %*% diag(sqrt(parts$values)) %*% t(parts$vectors)
  beta <- solve(lambda, cor(x, y))
  drop(lambda^2 %*% beta^2)
}

shares <- function(x, y) {
  raw <- raw_weights(x, y)
  100 * raw / sum(raw)
}

ranges <- function(x, y, rows_of, times = 4000) {
  drawn <- replicate(times, {
    rows <- unlist(rows_of[sample.int(length(rows_of), replace = TRUE)])
    shares(x[rows, ], y[rows])
  })
  apply(drawn, 1, quantile, probs = c(0.025, 0.975))
}

set.seed(20000)
cat("by,part,cases,r_squared,raw,importance,low,upp,cluster_low,cluster_upp\n")
for (by in c("dimension", "item")) {
  x <- if (by == "dimension") scores else points[items]
  complete <- complete.cases(x, points$overall)
  x <- as.matrix(x[complete, ])
  y <- points$overall[complete]
  people <- ranges(x, y, as.list(seq_along(y)))
  clusters <- ranges(x, y, split(seq_along(y), answers$cluster[complete]))
  figures <- cbind(summary(lm(y ~ x))$r.squared, raw_weights(x, y), shares(x, y), t(people), t(clusters))
  for (part in seq_len(ncol(x))) {
    cat(by, colnames(x)[part], length(y), sprintf("%.17g", figures[part, ]), sep = ",")
    cat("\n")
  }
}
