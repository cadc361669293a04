"""Pictures of embeddings: projections, their faithfulness, their replay."""
