# Cronbach's alpha from cov(), standardised alpha and item-rest correlations from cor(), McDonald's omega from the
# loadings and uniquenesses of factanal() (one factor, maximum likelihood), base R only, complete cases.
# Call: Rscript reliability.R drivers.responses.csv > reliability.csv

answers <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = "character")
items <- setdiff(names(answers), c("cluster", "overall"))
points <- as.data.frame(lapply(answers[items], function(column) as.numeric(ifelse(column %in% 1:5, column, NA))))
parts <- c(split(items, substr(items, 1, 1)), list(overall = items))

alpha <- function(x) {
  between <- cov(x)
  k <- ncol(x)
  k / (k - 1) * (1 - sum(diag(between)) / sum(between))
}

standardised <- function(x) {
  between <- cor(x)
  k <- ncol(x)
  mean_r <- mean(between[lower.tri(between)])
  k * mean_r / (1 + (k - 1) * mean_r)
}

# factanal() works with correlations; the standard deviations bring its figures back to the covariances of alpha.
omega <- function(x) {
  fit <- factanal(x, 1, control = list(opt = list(factr = 1e4, maxit = 10000)))
  common <- sum(fit$loadings[, 1] * apply(x, 2, sd))^2
  common / (common + sum(fit$uniquenesses * apply(x, 2, var)))
}

cat("part,item,cases,alpha,standardised,omega,item_rest,alpha_without\n")
for (part in names(parts)) {
  x <- as.matrix(points[parts[[part]]])
  x <- x[complete.cases(x), ]
  for (item in colnames(x)) {
    others <- x[, colnames(x) != item]
    figures <- c(alpha(x), standardised(x), omega(x), cor(x[, item], rowSums(others)), alpha(others))
    cat(part, item, nrow(x), sprintf("%.17g", figures), sep = ",")
    cat("\n")
  }
}
