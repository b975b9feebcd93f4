# Confidence sets for the ranks of 38 countries by their PISA 2018 mathematics score (OECD), by the authors of the
# method: Mogstad, Romano, Shaikh & Wilhelm (2024), R package csranks, which carries the scores as `pisa2018`.
# Call: Rscript pisa2018.R > pisa2018.csv  (two minutes and 3 GB)
#
# Single-step, two-sided, 95 %. The kept file was made with the functions of the package's repository,
# github.com/danielwilhelm/R-CS-ranks at bd4f755 (version 1.2.2.9001), and MASS 7.3-58.2, because CRAN could not be
# reached. A second seed gave the same 152 bounds; 20,000 draws for the marginal sets left one of them in doubt.

library(csranks)

data(pisa2018)
scores <- na.omit(pisa2018[, c("jurisdiction", "math_score", "math_se")])
sets <- function(simul, draws) {
  csranks(scores$math_score, diag(scores$math_se^2), coverage = 0.95, cstype = "two-sided",
          stepdown = FALSE, R = draws, simul = simul, seed = 101)
}
marginal <- sets(FALSE, 200000)
joint <- sets(TRUE, 20000)
write.csv(
  data.frame(
    unit = scores$jurisdiction, value = format(scores$math_score, digits = 16, trim = TRUE),
    se = format(scores$math_se, digits = 16, trim = TRUE), rank = marginal$rank,
    low = marginal$L, upp = marginal$U, joint_low = joint$L, joint_upp = joint$U
  ),
  row.names = FALSE, quote = FALSE
)
